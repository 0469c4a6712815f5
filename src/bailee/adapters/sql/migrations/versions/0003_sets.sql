CREATE TABLE row_head (
	client BLOB NOT NULL, 
	revision INTEGER NOT NULL, 
	total BLOB NOT NULL, 
	PRIMARY KEY (client)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE row_set (
	client BLOB NOT NULL, 
	name TEXT NOT NULL, 
	sums BLOB NOT NULL, 
	PRIMARY KEY (client, name)
)
 WITHOUT ROWID,
 STRICT

;
