INSERT INTO author VALUES (1, 'tenant-c', 'Cem');
