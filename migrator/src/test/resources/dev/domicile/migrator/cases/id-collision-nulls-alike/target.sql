INSERT INTO item VALUES (2, 'tenant-c', NULL);
