CREATE TABLE api_token (
	id BLOB NOT NULL, 
	actor BLOB NOT NULL, 
	client BLOB, 
	networks TEXT NOT NULL, 
	secret_key BLOB NOT NULL, 
	state TEXT NOT NULL, 
	made_ms INTEGER NOT NULL, 
	until_ms INTEGER NOT NULL, 
	until_shown_ms INTEGER NOT NULL, 
	used_ms INTEGER, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE client_lock (
	client BLOB NOT NULL, 
	state TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (client)
)
 WITHOUT ROWID,
 STRICT

;
