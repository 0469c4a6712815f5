CREATE TABLE push_mark (
	client BLOB NOT NULL, 
	source_key BLOB NOT NULL, 
	position INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (client, source_key)
)
 WITHOUT ROWID,
 STRICT

;
