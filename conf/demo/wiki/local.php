<?php
// What the demo's wiki changes in DokuWiki's own settings.
$conf['title']       = 'Wonderland Wiki';
$conf['tagline']     = 'an unmodified DokuWiki behind latchd';
$conf['license']     = '';
$conf['savedir']     = DOKU_INC . '../data';
$conf['useacl']      = 1;
$conf['superuser']   = '!!not set!!';
// People who register choose their password on the page, so that no mail has to leave the machine.
$conf['autopasswd']  = 0;
$conf['updatecheck'] = 0;
$conf['dnslookups']  = 0;
