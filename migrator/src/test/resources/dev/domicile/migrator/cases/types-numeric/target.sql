INSERT INTO item VALUES (2, 'tenant-c', 'NaN', 'NaN', 'NaN');
