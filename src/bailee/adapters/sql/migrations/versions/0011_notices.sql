CREATE TABLE notice (
	id BLOB NOT NULL, 
	cause TEXT NOT NULL, 
	medium TEXT NOT NULL, 
	once BLOB NOT NULL, 
	sealed BLOB NOT NULL, 
	made_ms INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	error TEXT, 
	sent_ms INTEGER, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX notice_once ON notice (once);
