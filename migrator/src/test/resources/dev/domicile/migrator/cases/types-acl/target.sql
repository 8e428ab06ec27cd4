INSERT INTO item VALUES (2, 'tenant-c', '=r/postgres', '{=r/postgres,postgres=arwd/postgres}');
