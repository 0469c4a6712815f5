CREATE TABLE job (
	kind TEXT NOT NULL, 
	client BLOB NOT NULL, 
	due_ms INTEGER NOT NULL, 
	lease BLOB, 
	lease_until_ms INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	error TEXT, 
	waits TEXT NOT NULL, 
	since_ms INTEGER, 
	done_ms INTEGER, 
	PRIMARY KEY (kind, client)
)
 WITHOUT ROWID,
 STRICT

;
