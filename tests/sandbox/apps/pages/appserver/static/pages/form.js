document.getElementById('said').textContent = `hello ${window.$C.USERNAME}`;
