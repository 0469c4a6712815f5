CREATE TABLE actor (
	id BLOB NOT NULL, 
	home BLOB NOT NULL, 
	os_user_key BLOB NOT NULL, 
	sealed_os_user BLOB NOT NULL, 
	roles TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX actor_by_os_user ON actor (os_user_key);
CREATE TABLE client (
	id BLOB NOT NULL, 
	label_key BLOB NOT NULL, 
	sealed_label BLOB NOT NULL, 
	is_provider INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX client_by_label ON client (label_key);
CREATE TABLE ending (
	id BLOB NOT NULL, 
	client BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	part TEXT NOT NULL, 
	state TEXT NOT NULL, 
	asked_by BLOB NOT NULL, 
	asked_ms INTEGER NOT NULL, 
	agreed_by BLOB, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX ending_by_month ON ending (client, epoch, part);
CREATE TABLE key_state (
	one INTEGER NOT NULL, 
	install BLOB NOT NULL, 
	provider BLOB NOT NULL, 
	generation INTEGER NOT NULL, 
	write_gen INTEGER NOT NULL, 
	phase TEXT NOT NULL, 
	new_root INTEGER NOT NULL, 
	began_ms INTEGER NOT NULL, 
	turned_ms INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (one), 
	CHECK (one = 1)
)
 STRICT

;
CREATE TABLE key_trunk (
	noun TEXT NOT NULL, 
	id BLOB NOT NULL, 
	gen INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	pending_gen INTEGER, 
	wrapped BLOB NOT NULL, 
	PRIMARY KEY (noun, id), 
	CHECK (length(wrapped) = 60)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TRIGGER key_trunk_insert_fence before insert on key_trunk when new.gen < (select write_gen from key_state) begin select raise(abort, 'write fence'); end;
CREATE TRIGGER key_trunk_update_fence before update of gen, wrapped on key_trunk when new.gen < (select write_gen from key_state) begin select raise(abort, 'write fence'); end;
CREATE TABLE key_bucket (
	client BLOB NOT NULL, 
	bucket INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	parent INTEGER NOT NULL, 
	wrapped BLOB NOT NULL, 
	PRIMARY KEY (client, bucket), 
	CHECK (length(wrapped) = 60)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TRIGGER key_bucket_insert_fence before insert on key_bucket when new.parent is not (select version from key_trunk where noun = 'client' and id = new.client) begin select raise(abort, 'write fence'); end;
CREATE TRIGGER key_bucket_update_fence before update on key_bucket when new.parent is not (select version from key_trunk where noun = 'client' and id = new.client) begin select raise(abort, 'write fence'); end;
CREATE TABLE key_leaf (
	client BLOB NOT NULL, 
	bucket INTEGER NOT NULL, 
	noun TEXT NOT NULL, 
	id BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	kid BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	wrapped BLOB NOT NULL, 
	PRIMARY KEY (client, bucket, noun, id, version), 
	CHECK (length(wrapped) = 60)
)
 WITHOUT ROWID,
 STRICT

;
CREATE INDEX key_leaf_epoch ON key_leaf (client, epoch) WHERE epoch > 0;
CREATE TABLE key_epoch (
	client BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	noun TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	parent INTEGER NOT NULL, 
	kid BLOB NOT NULL, 
	erasures INTEGER NOT NULL, 
	pending_gen INTEGER, 
	wrapped BLOB, 
	PRIMARY KEY (client, epoch, noun, version), 
	CHECK (length(wrapped) = 60)
)
 WITHOUT ROWID,
 STRICT

;
CREATE INDEX key_epoch_pending ON key_epoch (pending_gen) WHERE pending_gen IS NOT NULL;
CREATE TRIGGER key_epoch_insert_fence before insert on key_epoch when new.wrapped is not null and new.parent is not (select version from key_trunk where noun = 'client' and id = new.client) begin select raise(abort, 'write fence'); end;
CREATE TRIGGER key_epoch_update_fence before update on key_epoch when new.wrapped is not null and new.parent is not (select version from key_trunk where noun = 'client' and id = new.client) begin select raise(abort, 'write fence'); end;
CREATE TABLE key_law (
	client BLOB NOT NULL, 
	year INTEGER NOT NULL, 
	kid BLOB NOT NULL, 
	parent INTEGER NOT NULL, 
	wrapped BLOB NOT NULL, 
	PRIMARY KEY (client, year), 
	CHECK (length(wrapped) = 60)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE key_pending (
	kid BLOB NOT NULL, 
	client BLOB NOT NULL, 
	noun TEXT NOT NULL, 
	gen INTEGER NOT NULL, 
	requested_ms INTEGER NOT NULL, 
	PRIMARY KEY (kid)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE key_turn (
	gen INTEGER NOT NULL, 
	new_root INTEGER NOT NULL, 
	began_ms INTEGER NOT NULL, 
	finished_ms INTEGER NOT NULL, 
	effective_ms INTEGER NOT NULL, 
	erased INTEGER NOT NULL, 
	confirmations INTEGER NOT NULL, 
	wrap_class TEXT NOT NULL, 
	PRIMARY KEY (gen)
)
 STRICT

;
CREATE TABLE ledger (
	client BLOB NOT NULL, 
	log BLOB NOT NULL, 
	origin TEXT NOT NULL, 
	public_key BLOB NOT NULL, 
	count INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	checkpoint BLOB NOT NULL, 
	signed_ms INTEGER NOT NULL, 
	taken_ms INTEGER NOT NULL, 
	taken_signed_ms INTEGER NOT NULL, 
	PRIMARY KEY (client)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE ledger_entry (
	client BLOB NOT NULL, 
	idx INTEGER NOT NULL, 
	entry BLOB NOT NULL, 
	leaf BLOB NOT NULL, 
	time_ms INTEGER NOT NULL, 
	year INTEGER NOT NULL, 
	body BLOB, 
	subject BLOB, 
	PRIMARY KEY (client, idx)
)
 STRICT

;
CREATE UNIQUE INDEX ledger_entry_by_id ON ledger_entry (client, entry);
CREATE TABLE ledger_key_change (
	client BLOB NOT NULL, 
	idx INTEGER NOT NULL, 
	note BLOB NOT NULL, 
	PRIMARY KEY (client, idx)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE log_stream (
	client BLOB NOT NULL, 
	stream BLOB NOT NULL, 
	label_key BLOB NOT NULL, 
	sealed_label BLOB NOT NULL, 
	origin TEXT NOT NULL, 
	PRIMARY KEY (client, stream)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX log_stream_by_label ON log_stream (client, label_key);
CREATE TABLE log_source (
	client BLOB NOT NULL, 
	source BLOB NOT NULL, 
	stream BLOB NOT NULL, 
	address_key BLOB NOT NULL, 
	next_offset INTEGER NOT NULL, 
	prefix BLOB NOT NULL, 
	PRIMARY KEY (client, source)
)
 WITHOUT ROWID,
 STRICT

;
CREATE INDEX log_source_by_address ON log_source (client, address_key);
CREATE TABLE log_batch (
	client BLOB NOT NULL, 
	batch BLOB NOT NULL, 
	stream BLOB NOT NULL, 
	source BLOB, 
	"offset" INTEGER NOT NULL, 
	length INTEGER NOT NULL, 
	lines INTEGER NOT NULL, 
	"values" INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	received_ms INTEGER NOT NULL, 
	first_ns INTEGER NOT NULL, 
	last_ns INTEGER NOT NULL, 
	identity BLOB, 
	entry BLOB NOT NULL, 
	log_index INTEGER NOT NULL, 
	PRIMARY KEY (client, batch)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX log_batch_by_identity ON log_batch (client, identity);
CREATE INDEX log_batch_by_stream ON log_batch (client, stream, first_ns);
CREATE TABLE log_part (
	client BLOB NOT NULL, 
	batch BLOB NOT NULL, 
	part TEXT NOT NULL, 
	blob BLOB NOT NULL, 
	sealed_bytes INTEGER NOT NULL, 
	sealed_extent BLOB NOT NULL, 
	digest BLOB NOT NULL, 
	commitment BLOB NOT NULL, 
	until_ms INTEGER, 
	PRIMARY KEY (client, batch, part)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE log_run (
	client BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	stream BLOB NOT NULL, 
	blob BLOB NOT NULL, 
	postings INTEGER NOT NULL, 
	sealed_bytes INTEGER NOT NULL, 
	sealed_extent BLOB NOT NULL, 
	digest BLOB NOT NULL, 
	commitment BLOB NOT NULL, 
	PRIMARY KEY (client, epoch, stream, blob)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE object_version (
	client BLOB NOT NULL, 
	object BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	sealed_label BLOB NOT NULL, 
	blob BLOB NOT NULL, 
	sealed_bytes INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	commitment BLOB NOT NULL, 
	PRIMARY KEY (client, object, version)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE policy (
	provider BLOB NOT NULL, 
	hash TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	log_index INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	PRIMARY KEY (provider)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE vault (
	client BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	token BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	kind INTEGER, 
	commitment BLOB NOT NULL, 
	sealed BLOB, 
	PRIMARY KEY (client, epoch, token), 
	CHECK (length(token) = 10 and length(commitment) = 32), 
	CHECK ((sealed is null) = (kind is null))
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE vault_index (
	client BLOB NOT NULL, 
	epoch INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	"key" BLOB NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (client, epoch, version, "key"), 
	CHECK (length(key) = 16 and length(sealed) = 38)
)
 WITHOUT ROWID,
 STRICT

;
