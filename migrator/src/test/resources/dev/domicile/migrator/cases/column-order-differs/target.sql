INSERT INTO item (id, sub, client_key, a, b) VALUES (1000, 1, 'tenant-c', 'a', 5);
