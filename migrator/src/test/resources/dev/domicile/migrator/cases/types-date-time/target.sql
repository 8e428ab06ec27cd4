INSERT INTO item VALUES (2, 'tenant-c', 'infinity', '00:00', '00:00+15:59', 'infinity', 'infinity', 'infinity');
