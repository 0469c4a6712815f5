CREATE TABLE clock (
	provider BLOB NOT NULL, 
	boot BLOB NOT NULL, 
	up_ms INTEGER NOT NULL, 
	shown_ms INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (provider)
)
 WITHOUT ROWID,
 STRICT

;
