INSERT INTO item VALUES (2, 'tenant-c', '(1.1, 2.2), (3.3, 4.4)');
