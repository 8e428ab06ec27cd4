INSERT INTO item VALUES (1, 'tenant-a', lo_from_bytea(0, 'x'));
