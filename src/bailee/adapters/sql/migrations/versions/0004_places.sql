create temp table rounding (low integer, high integer, mask integer);
with recursive bits (e, p) as (select 1, 2 union all select e + 1, 2 * p from bits where e < 61)
insert into rounding select p, 2 * p - 1, (1 << max(e - case when e < 2 then 1 when e < 4 then 2 when e < 8 then 3 when e < 16 then 4 when e < 32 then 5 else 6 end, 0)) - 1 from bits;
update log_batch set length = 4096 where length between 1 and 4095;
update log_batch set length = (length + (select mask from rounding where length between low and high)) & ~(select mask from rounding where length between low and high) where length > 4096;
update log_batch set "offset" = 4096 where "offset" between 1 and 4095;
update log_batch set "offset" = ("offset" + (select mask from rounding where "offset" between low and high)) & ~(select mask from rounding where "offset" between low and high) where "offset" > 4096;
drop table rounding;
update log_batch set identity = null;
alter table log_batch add column sealed_place BLOB;
alter table log_batch add column vault_version INTEGER;
alter table log_batch add column ended INTEGER;
create temp table sources as select client, source, stream, address_key from log_source;
drop table log_source;
CREATE TABLE log_source (
	client BLOB NOT NULL, 
	source BLOB NOT NULL, 
	stream BLOB NOT NULL, 
	address_key BLOB NOT NULL, 
	PRIMARY KEY (client, source)
)
 WITHOUT ROWID,
 STRICT

;
CREATE INDEX log_source_by_address ON log_source (client, address_key);
insert into log_source select client, source, stream, address_key from sources;
drop table sources;
