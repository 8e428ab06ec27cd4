INSERT INTO item VALUES (1, 'tenant-a'), (2, 'tenant-b');
