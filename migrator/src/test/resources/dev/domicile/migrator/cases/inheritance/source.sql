INSERT INTO item VALUES (1, 'tenant-a'); INSERT INTO special VALUES (2, 'tenant-a', 'x');
