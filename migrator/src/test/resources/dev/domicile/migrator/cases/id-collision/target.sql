INSERT INTO item VALUES (1, 'tenant-c', 'CODE', 1), (2, 'tenant-c', NULL, 2), (4, 'tenant-c', 'x', 3);
