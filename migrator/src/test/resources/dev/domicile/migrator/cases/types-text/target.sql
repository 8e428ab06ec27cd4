INSERT INTO item VALUES (2, 'tenant-c', 'text', 'varchar', 'char', 'name', 'x');
