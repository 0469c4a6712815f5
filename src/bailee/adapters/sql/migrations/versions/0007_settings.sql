CREATE TABLE setting (
	provider BLOB NOT NULL, 
	held TEXT NOT NULL, 
	was TEXT NOT NULL, 
	weaker TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (provider)
)
 WITHOUT ROWID,
 STRICT

;
