INSERT INTO item (id, client_key) VALUES (3, 'tenant-b');
