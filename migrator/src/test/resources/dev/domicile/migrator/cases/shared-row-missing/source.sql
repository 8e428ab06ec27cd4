INSERT INTO country VALUES ('DE', 'Germany'); INSERT INTO item VALUES (1, 'tenant-a', 'DE');
