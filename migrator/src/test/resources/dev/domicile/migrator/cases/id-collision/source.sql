INSERT INTO item VALUES (1, 'tenant-a', 'Code', 1), (3, 'tenant-a', NULL, 2), (5, 'tenant-a', 'other', 3);
