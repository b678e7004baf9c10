-- What every page must tell, and what is to be said aloud: {banner, alarms}. Asked by each web process every few seconds.
select verification_watch()
