alter table log_batch add column span BLOB;
update log_batch set span = substr(x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 1 + ((case
    when first_ns >> 46 = last_ns >> 46 then (first_ns >> 46) + 0
    when first_ns >> 49 = last_ns >> 49 then (first_ns >> 49) + 61
    when first_ns >> 52 = last_ns >> 52 then (first_ns >> 52) + 122
    when first_ns >> 55 = last_ns >> 55 then (first_ns >> 55) + 183
    else 244 end) & 255), 1);
CREATE INDEX log_batch_by_span ON log_batch (client, span, first_ns);
CREATE INDEX log_batch_unplaced ON log_batch (client, stream, unplaced) WHERE unplaced IS NULL OR unplaced > 0;
