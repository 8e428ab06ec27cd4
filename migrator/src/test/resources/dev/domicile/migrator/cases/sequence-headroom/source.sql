INSERT INTO item VALUES (32000, 'tenant-a');
