INSERT INTO item VALUES ('tenant-c', 'v1', 0.1), ('tenant-c', 'v1', 0.1); INSERT INTO maybe VALUES (NULL, 'tenant-c');
