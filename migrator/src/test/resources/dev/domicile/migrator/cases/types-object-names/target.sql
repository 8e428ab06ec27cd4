INSERT INTO item VALUES (2, 'tenant-c', 'item', 'integer', 'lower(text)', 'public');
