INSERT INTO item VALUES (30001, 'tenant-c', 'resident');
