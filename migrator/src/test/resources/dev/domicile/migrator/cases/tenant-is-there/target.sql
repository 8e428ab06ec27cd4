INSERT INTO item VALUES (2, 'tenant-a');
