INSERT INTO egg VALUES (1001, 'tenant-c', 1001);
INSERT INTO hen VALUES (1001, 'tenant-c', 1001);
