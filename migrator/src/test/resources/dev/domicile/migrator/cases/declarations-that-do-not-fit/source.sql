INSERT INTO note VALUES (1, 'tenant-a');
