INSERT INTO event VALUES (1000, 'tenant-c', '2020-01-01', 'x');
