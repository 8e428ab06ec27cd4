INSERT INTO item (id, client_key) VALUES (1, 'tenant-a'), (3, 'tenant-b');
