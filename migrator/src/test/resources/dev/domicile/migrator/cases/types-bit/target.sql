INSERT INTO item VALUES (2, 'tenant-c', B'10101', B'', B'');
