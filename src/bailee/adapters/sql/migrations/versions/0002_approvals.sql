drop index ending_by_month;
drop table ending;
CREATE TABLE approval (
	id BLOB NOT NULL, 
	client BLOB NOT NULL, 
	act TEXT NOT NULL, 
	request BLOB NOT NULL, 
	what TEXT NOT NULL, 
	whole INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	asked_by BLOB NOT NULL, 
	asked_ms INTEGER NOT NULL, 
	asked_strength TEXT NOT NULL, 
	until_ms INTEGER NOT NULL, 
	given_by BLOB, 
	given_ms INTEGER, 
	given_strength TEXT, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX approval_by_request ON approval (client, act, request);
