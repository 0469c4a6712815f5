alter table log_batch add column unplaced INTEGER;
