INSERT INTO item VALUES (2, 'tenant-c', '12.34');
