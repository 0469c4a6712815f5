CREATE TABLE name_shard (
	client BLOB NOT NULL, 
	start BLOB NOT NULL, 
	noun TEXT NOT NULL, 
	bits INTEGER NOT NULL, 
	shard BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (client, start, noun), 
	CHECK (length(start) = 2)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE name_waiting (
	client BLOB NOT NULL, 
	start BLOB NOT NULL, 
	noun TEXT NOT NULL, 
	id BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (client, start, noun, id), 
	CHECK (length(start) = 2)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE name_unplaced (
	client BLOB NOT NULL, 
	noun TEXT NOT NULL, 
	id BLOB NOT NULL, 
	PRIMARY KEY (client, noun, id)
)
 WITHOUT ROWID,
 STRICT

;
insert into name_unplaced (client, noun, id)
select distinct client, 'object', object from object_version;
