INSERT INTO author VALUES (1, 'tenant-b', 'Bea'); INSERT INTO item VALUES (1, 'tenant-a', 1);
