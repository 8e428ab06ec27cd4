WITH e AS (INSERT INTO egg VALUES (1, 'tenant-a', 1)) INSERT INTO hen VALUES (1, 'tenant-a', 1);
