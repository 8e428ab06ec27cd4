INSERT INTO item VALUES (1, 'tenant-a', 5), (3, 'tenant-a', 5), (5, 'tenant-a', NULL), (7, 'tenant-a', NULL);
