INSERT INTO item VALUES (1, 'tenant-a');
