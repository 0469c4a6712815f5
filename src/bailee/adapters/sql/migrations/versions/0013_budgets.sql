CREATE TABLE reveal_budget (
	actor BLOB NOT NULL, 
	day INTEGER NOT NULL, 
	opened INTEGER NOT NULL, 
	raised INTEGER NOT NULL, 
	raised_until_day INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (actor)
)
 WITHOUT ROWID,
 STRICT

;
