INSERT INTO item VALUES ('tenant-c', 'c1', NULL, 'v');
