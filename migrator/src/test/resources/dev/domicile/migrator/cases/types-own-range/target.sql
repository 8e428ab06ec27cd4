INSERT INTO item VALUES (2, 'tenant-c', '[0.1,0.2)', '{[0.1,0.2),[0.3,0.4]}');
