INSERT INTO item VALUES (1, 'tenant-b'); INSERT INTO part VALUES (1, 1);
