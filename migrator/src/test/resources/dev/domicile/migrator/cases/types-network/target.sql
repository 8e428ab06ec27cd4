INSERT INTO item VALUES (2, 'tenant-c', '10.1.2.3', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:ff:fe:01:02:03');
