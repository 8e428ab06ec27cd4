INSERT INTO item VALUES ('tenant-c', 'fine', 1, '{angry,"so so"}');
