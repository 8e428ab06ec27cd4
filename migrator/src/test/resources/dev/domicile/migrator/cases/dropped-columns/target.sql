INSERT INTO item VALUES (100, 'tenant-c', 'v', 'late');
